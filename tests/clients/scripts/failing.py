raise ValueError("the data is not what it was")
