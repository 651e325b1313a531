"""From the papers' networks to today's, one change at a time.

============  =================================================================
``changes``   LeNet-5 with some of the later changes, and not yet the others
``zipcode``   the same for the zip-code network of 1989
``minibatch`` how such a network is trained: batches, AdamW, one cycle
``ladder``    the order of the changes, and how each rung is trained
============  =================================================================
"""
