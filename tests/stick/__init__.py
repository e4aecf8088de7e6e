"""The stick's root helper, as far as it can be asked without a stick."""
