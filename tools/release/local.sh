# For scripts that set work to a temporary directory: makes the go command get the modules of this repository from its tags
# on this machine, before they are published. Other modules come from the module cache, or else from the proxy.
module=github.com/latchkey-sso/latchkey
export GOPRIVATE=$module GOFLAGS=-modcacherw
export GOPROXY="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)"
export GOMODCACHE=$work/modules # a version that is not published must not stay in the usual cache
export GIT_CONFIG_COUNT=2 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'
export GIT_CONFIG_KEY_1="url.file://$PWD.insteadOf" GIT_CONFIG_VALUE_1="https://$module"
