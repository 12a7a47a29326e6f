package profile

import "iter"

// All iterates over the profiles in the order of the files, as Load returns them. With a
// mistake in a profile, an [*Error], the Profile holds only its Name, File and Line. If the
// files cannot be read, there is one error, with a nil Profile.
func All(optFns ...func(*Options)) iter.Seq2[*Profile, error] {
	return func(yield func(*Profile, error) bool) {
		r, err := newOptions(optFns).openWhole()
		if err != nil {
			yield(nil, err)
			return
		}
		shared, _ := readSections(sources(&r.config), sources(&r.credentials)) // damage elsewhere does not matter
		for _, section := range shared.Profiles {
			p, err := r.loadListed(section)
			if !yield(p, err) {
				return
			}
		}
	}
}

// loadListed resolves one of several profiles.
func (r *resolver) loadListed(section *Section) (*Profile, error) {
	r.visited = nil // of the profile before
	p, bad := r.load(section.Name)
	if bad != nil {
		return &Profile{Name: section.Name, File: section.File, Line: section.Line}, bad
	}
	return p, nil
}
