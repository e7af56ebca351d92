print("parsimony")
