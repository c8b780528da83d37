SELECT coalesce(max(version), 0) FROM moneyhub_inbox.migration WHERE success
