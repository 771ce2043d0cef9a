"""The guardian as a process: started beside a trader or alone, and approved by the account."""
