package mof

import (
	"errors"
	"fmt"
)

var (
	// ErrSyntax says that a text is no MOF, or that it is cut.
	ErrSyntax = errors.New("no valid MOF")
	// ErrLimit says that a text holds more than is read of one.
	ErrLimit = errors.New("more MOF than is read")
)

// Bounds of what is read. No text that describes patches comes near them.
const (
	maxInstances = 100_000
	maxProps     = 1024    // of an instance
	maxAllProps  = 1 << 20 // of all instances
	maxItems     = 16384   // of an array
	maxValue     = 1 << 20 // bytes of a value
	maxDepth     = 32      // brackets in brackets
)

// Error says where a text could not be read any further, and why.
type Error struct {
	// Place is where that is, in the text that was given.
	Place
	// What was expected there and what was found, or the bound that was hit.
	What string
	// Err is ErrSyntax or ErrLimit.
	Err error
}

func (e *Error) Error() string { return fmt.Sprintf("%v: line %d: %s", e.Err, e.Line, e.What) }

// Unwrap returns ErrSyntax or ErrLimit.
func (e *Error) Unwrap() error { return e.Err }
