module github.com/latchkey-sso/latchkey/bench

go 1.26.0

replace github.com/latchkey-sso/latchkey => ../
