"""One file per page: what it asks of the reader's session and what it hands to its template."""
