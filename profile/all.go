package profile

import "iter"

// All returns an iterator over all profiles, resolved as [Load] does, in file order. If a
// profile is invalid, the error is an [*Error] and the Profile has only Name, File and Line.
// If the files cannot be read, All yields one error with a nil Profile.
func All(optFns ...func(*Options)) iter.Seq2[*Profile, error] {
	return func(yield func(*Profile, error) bool) {
		r, err := newOptions(optFns).openWhole()
		if err != nil {
			yield(nil, err)
			return
		}
		shared, _ := readSections(sources(&r.config), sources(&r.credentials)) // a profile reports its own syntax errors
		for _, section := range shared.Profiles {
			p, err := r.loadListed(section)
			if !yield(p, err) {
				return
			}
		}
	}
}

func (r *resolver) loadListed(section *Section) (*Profile, error) {
	r.visited = nil // from the previous profile
	p, bad := r.load(section.Name)
	if bad != nil {
		return &Profile{Name: section.Name, File: section.File, Line: section.Line}, bad
	}
	return p, nil
}
