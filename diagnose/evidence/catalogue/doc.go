// Package catalogue reads mssecure.xml, the catalogue of bulletins that a client
// is compared with: its head, all of it, or the bulletins that somebody asks for.
//
// The text is hostile until it is read: declarations, entities and references to
// other files are refused, and what is held at a time is bounded.
//
// Elements and attributes are those of the published files. Only of the element
// File none is published with its attributes: those here are the practice lab's.
package catalogue
