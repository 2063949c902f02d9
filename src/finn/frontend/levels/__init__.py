"""The levels of quantisers, found by evaluating what lies between an accumulator and them."""
