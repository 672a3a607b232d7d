print("nas: nothing here yet")
