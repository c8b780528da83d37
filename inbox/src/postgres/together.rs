//! Requests that share a statement: those that gather while one is under way are answered together by the next.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turn, oneshot};

use crate::store::{Result, StoreError};

/// Requests that wait, each with the way to its answer.
#[derive(Debug)]
pub(super) struct Together<Q, A> {
    waiting: Mutex<Vec<Waiting<Q, A>>>,
    /// Whose turn it is to ask for all that wait.
    turn: Turn<()>,
}

type Waiting<Q, A> = (Q, oneshot::Sender<Result<A>>);

impl<Q, A> Default for Together<Q, A> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            turn: Turn::default(),
        }
    }
}

impl<Q, A> Together<Q, A> {
    /// Returns the answer to a request. `ask` returns an answer to each, in order. An error is the answer to all.
    pub(super) async fn ask<F>(&self, request: Q, ask: impl Fn(Vec<Q>) -> F + Send) -> Result<A>
    where
        Q: Clone + Send,
        A: Send,
        F: Future<Output = Result<Vec<A>>> + Send,
    {
        loop {
            let (reply, mut answer) = oneshot::channel();
            self.waiting().push((request.clone(), reply));
            tokio::select! {
                biased;
                answered = &mut answer => match answered {
                    Ok(answer) => return answer,
                    // Whoever asked was dropped meanwhile.
                    Err(_) => continue,
                },
                _turn = self.turn.lock() => {
                    let waiting = std::mem::take(&mut *self.waiting()).into_iter();
                    // Somebody has to wait for the answer.
                    let waiting = waiting.filter(|(_, reply)| !reply.is_closed());
                    let (requests, replies): (Vec<_>, Vec<_>) = waiting.unzip();
                    let asked = ask(requests).await;
                    let mut answers = asked.map(Vec::into_iter);
                    for reply in replies {
                        let answer = match &mut answers {
                            Ok(answers) => answers.next().ok_or_else(no_answer),
                            Err(error) => Err(error.clone()),
                        };
                        // If nobody does any more, it is as if the process had crashed.
                        let _ = reply.send(answer);
                    }
                }
            }
            // This request was one of them.
            return answer.await.unwrap_or_else(|_| Err(no_answer()));
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting<Q, A>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn no_answer() -> StoreError {
    StoreError::new("no answer to a request")
}
