"""What a request has in it: its plain values, its form, the properties that it can be searched by."""
