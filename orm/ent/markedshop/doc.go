// Package markedshop is the shop over the schema with the soft-delete mixin.
package markedshop
