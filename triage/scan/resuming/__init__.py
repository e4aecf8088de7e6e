"""Going on with a scan that was cut off or stopped: what the earlier run did, taken over."""
