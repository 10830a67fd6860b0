import time

print("validation-accuracy: 0.5;", flush=True)
time.sleep(600)
