"""Who did what, from where, when: one entry of it, and how any process hands its entries over."""
