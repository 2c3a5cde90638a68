package schema

import (
	"context"

	"entgo.io/ent/schema/mixin"
)

// Marker is nothing here: the schema knows nothing of deletion.
type Marker struct{ mixin.Schema }

// SkipSoftDelete has nothing to skip.
func SkipSoftDelete(ctx context.Context) context.Context { return ctx }
