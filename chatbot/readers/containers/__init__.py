"""Files that hold other files: archives, mail and mailboxes."""
