package evidence

import (
	"slices"
	"strings"
)

// Joined is an update as all that a client's WMI says of it: an instance with its
// twin in the other class.
type Joined struct {
	// Main is the instance of Win32_PatchState, or whatever else there is. Extended
	// is that of Win32_PatchState_Extended, nil when there is none beside Main.
	Main, Extended *PatchState
}

// Join pairs the instances of Win32_PatchState with those of its _Extended class
// that are about the same update, and leaves the others by themselves, in the
// order of list. The pairs point into list. Two instances are of one update when
// all that both tell is equal: host, article numbers, bulletin, product, and, where
// this leaves a choice, the title. A choice that stays is not made.
func Join(list []PatchState) []Joined {
	rows := make([]Joined, 0, len(list))
	mains := map[string][]int{} // rows by article numbers
	for i := range list {
		p := &list[i]
		if p.Class == ClassPatchExtended {
			continue
		}
		if p.Class == ClassPatchState {
			key := joinKey(p)
			mains[key] = append(mains[key], len(rows))
		}
		rows = append(rows, Joined{Main: p})
	}
	for i := range list {
		p := &list[i]
		if p.Class != ClassPatchExtended {
			continue
		}
		if k := twinOf(p, rows, mains[joinKey(p)]); k >= 0 {
			rows[k].Extended = p
		} else {
			rows = append(rows, Joined{Main: p})
		}
	}
	return rows
}

// joinKey are the article numbers, or the id where there are none.
func joinKey(p *PatchState) string {
	numbers := p.Numbers()
	slices.Sort(numbers)
	if key := strings.Join(numbers, " "); key != "" {
		return key
	}
	return strings.ToLower(p.first("ID", "Title"))
}

// twinOf returns the one row that the extended instance belongs to, -1 if there is
// none or more than one.
func twinOf(p *PatchState, rows []Joined, candidates []int) int {
	const most = 1000 // whose numbers are equal say nothing by them
	if len(candidates) > most {
		return -1
	}
	best, found, many := 0, -1, false
	for _, k := range candidates {
		score := alike(rows[k].Main, p)
		switch {
		case rows[k].Extended != nil || score < max(best, 1):
		case score > best:
			best, found, many = score, k, false
		default:
			many = true
		}
	}
	if many {
		return -1
	}
	return found
}

// alike is 0 for instances of different updates, and the higher the more they
// have in common.
func alike(a, b *PatchState) int {
	score := 1
	if one, two := strings.ToLower(a.Title()), strings.ToLower(b.Title()); one != "" && two != "" {
		if !strings.HasPrefix(one, two) && !strings.HasPrefix(two, one) { // one may be cut
			return 0
		}
		score++
	}
	for weight, pair := range [][2]string{
		{a.Host, b.Host},
		{a.first("Type"), b.first("Type")},
		{a.Bulletin(), b.Bulletin()},
		{a.Product(), b.Product()},
	} {
		switch {
		case pair[0] == "" || pair[1] == "":
		case strings.EqualFold(pair[0], pair[1]):
			score += 2 << weight
		default:
			return 0
		}
	}
	return score
}
