"""Tests of behaviour: what a model must answer to given texts, as pass rates by capability.

The kinds of test are those of CheckList: M. T. Ribeiro, T. Wu, C. Guestrin and S. Singh, "Beyond
Accuracy: Behavioral Testing of NLP Models with CheckList", ACL 2020. Code and texts are our own.
"""
