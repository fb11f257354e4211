// Package catalogue reads mssecure.xml, the catalogue of bulletins that a client
// is compared with.
//
// Elements and attributes are those of the published files. Only of the element
// File none is published with its attributes: those here are the practice lab's.
package catalogue
