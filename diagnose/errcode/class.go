package errcode

// classOf sorts a code that has its family and group.
func classOf(c Code) Class {
	if c.Group != nil && c.Group.class != Failure {
		return c.Group.class
	}
	switch c.Value {
	case 0:
		return Success
	case 0x80240024, 0x80240017: // no update, none applies
		return Neutral
	case 0x87D00632, 0x87D00633: // a scan stands in the queue
		return Waiting
	}
	if successRange(c) {
		return Success
	}
	return Failure
}

// successRange tells whether c belongs to a family and has the failure bit
// clear. Other numbers with that bit clear are no HRESULTs, so they prove
// nothing.
func successRange(c Code) bool {
	return c.Value >= shortLimit && int32(c.Value) >= 0 && c.Family != famUnknown
}
