// Package gormshop is the shop of the conformance suite with GORM: models, associations
// and builders as its documentation has them.
package gormshop

//go:generate sh generate.sh

// Marker is nothing: the models know nothing of deletion.
type Marker struct{}
