"""`istioctl analyze`: what is wrong with a cluster's or a file's objects, as pure functions over them."""
