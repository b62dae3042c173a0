"""From texts to labels: the classifier, its predictions, and explanations."""
