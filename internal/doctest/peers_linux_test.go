//go:build peers

package doctest

// With the tag peers, missing shells are errors, and "aws sts" is the AWS CLI.
const peers = true
