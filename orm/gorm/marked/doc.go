// Package marked is the shop with GORM's own soft delete switched on.
package marked

import "gorm.io/gorm"

// Marker is GORM's soft delete.
type Marker struct{ DeletedAt gorm.DeletedAt }
