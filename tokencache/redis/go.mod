module github.com/latchkey-sso/latchkey/tokencache/redis

go 1.26.0

replace github.com/latchkey-sso/latchkey => ../..

require (
	github.com/aws/aws-sdk-go-v2 v1.47.7
	github.com/latchkey-sso/latchkey v0.0.0-00010101000000-000000000000
	github.com/redis/rueidis v1.0.79
)

require (
	github.com/aws/smithy-go v1.28.8 // indirect
	github.com/gofrs/flock v0.13.1 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)
