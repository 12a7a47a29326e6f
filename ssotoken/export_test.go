package ssotoken

import "time"

// SetWaits returns an option that shortens the waits in real time. Zero keeps the default.
func SetWaits(adopt, arrive, call time.Duration) func(*Options) {
	return func(o *Options) {
		for wait, d := range map[*time.Duration]time.Duration{&o.waits.adopt: adopt, &o.waits.arrive: arrive, &o.waits.call: call} {
			if d != 0 {
				*wait = d
			}
		}
	}
}
