// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tessera/result.h>
#include <tessera/tensor.h>
#include <tessera/token_edit.h>
#include <tessera/token_grid.h>

namespace tessera {

/// The edit that gives a cell the codes of a file, whole numbers [1,rows,columns,D] or [rows,columns,D], in place of those that were found: it changes
/// only what differs, and so nothing if they are the same. Refuses another grid, other depths, more than one picture, and a code that its
/// codebook has not; `where` is empty.
Result<TokenEdit> editTowards(const TokenGrid& grid, const HostTensor& codes);

}  // namespace tessera
