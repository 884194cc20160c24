"""The claims of the article, C01 to C40, each put to the kernel: one probe for it and one against it."""
