// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

namespace tessera::test {

/// Runs the event loop until nothing is queued any more: what one turn has asked for is done.
void runQueued();
/// Runs the event loop until the condition holds; false if it never does, after a time that no working machine needs.
bool waitUntil(const std::function<bool()>& condition);

}  // namespace tessera::test
