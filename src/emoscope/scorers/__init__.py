"""The scorer port, texts to logits, and its adapters: ONNX graphs, linear models, ensembles."""
