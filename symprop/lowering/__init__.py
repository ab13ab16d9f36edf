"""From a derivation to straight lines of scalar code; which language the lines become is the back ends' affair."""
