package profile

import "iter"

// All goes through every profile in the order of the files, as Load returns it. With a mistake in a profile, an
// [*Error], the Profile holds only its Name, File and Line. If the files cannot be read, there is
// one error, and a nil Profile.
func All(optFns ...func(*Options)) iter.Seq2[*Profile, error] {
	return func(yield func(*Profile, error) bool) {
		o := newOptions(optFns)
		shared, err := ReadAll(optFns...)
		if shared == nil {
			yield(nil, err)
			return
		}
		r := &resolver{getenv: o.Getenv, credentials: searched{credentials: true}}
		if err := o.read(&r.config, &r.credentials, (*searched).readAll); err != nil {
			yield(nil, err)
			return
		}
		for _, section := range shared.Profiles {
			r.chained = nil // of the profile before
			p, bad := r.load(section.Name)
			if bad != nil {
				if !yield(&Profile{Name: section.Name, File: section.File, Line: section.Line}, bad) {
					return
				}
				continue
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}
