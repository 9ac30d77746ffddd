"""Many documents: engines that read them, and a journal by which a batch goes on after whatever ended it."""
