// The tables of this build, one per instruction set.
#pragma once

#include "CKernels.h"

extern const nas_kernels nas_table_reference;
