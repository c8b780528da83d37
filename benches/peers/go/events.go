// The types of the bodies, as a service would write them, and how plain JSON is read.
package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// Events is the claim of that name.
type Events struct {
	PaymentCompleted *Payment      `json:"urn:com:moneyhub:events:payment-completed"`
	NewTransactions  *Transactions `json:"urn:com:moneyhub:events:new-transactions"`
}

// Payment has an id of its own, and one of its submission.
type Payment struct {
	PaymentID           string    `json:"paymentId"`
	PaymentSubmissionID string    `json:"paymentSubmissionId"`
	SubmittedAt         time.Time `json:"submittedAt"`
	Status              string    `json:"status"`
	Reference           *string   `json:"reference"`
	EndToEndID          *string   `json:"endToEndId"`
}

// Transactions are listed by account.
type Transactions struct {
	Accounts []struct {
		ID           string   `json:"id"`
		Transactions []string `json:"transactions"`
	} `json:"accounts"`
}

type webhook struct {
	ID        string          `json:"id"`
	UserID    *string         `json:"userId"`
	EventType string          `json:"eventType"`
	Payload   json.RawMessage `json:"payload"`
	event     any
}

func typed(body []byte) (*webhook, error) {
	var read webhook
	if err := json.Unmarshal(body, &read); err != nil {
		return nil, err
	}
	switch read.EventType {
	case "paymentCompleted":
		read.event = new(Payment)
	case "newTransactions":
		read.event = new(Transactions)
	default:
		return nil, fmt.Errorf("unknown: %q", read.EventType)
	}
	return &read, json.Unmarshal(read.Payload, read.event)
}

func dynamic(body []byte) (read any, err error) {
	err = json.Unmarshal(body, &read)
	return
}
