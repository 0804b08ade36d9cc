"""Keep sensitive names on this machine: find, replace, restore."""
