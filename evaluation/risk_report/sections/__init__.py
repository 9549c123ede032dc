"""The page's sections: answers in, plain values out; nothing is read and nothing is drawn."""
