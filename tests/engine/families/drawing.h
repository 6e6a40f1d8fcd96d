// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "engine/families/model_files.h"

namespace tessera::test {

/// Models that draw pictures.
class DrawingTest : public FamilyTest {
protected:
    static Generation drawing(const GenerateRequest& request);
    /// The one line that a person reads where nothing is drawn; empty where there is something.
    static std::string refusalOf(const GenerateRequest& request);
};

}  // namespace tessera::test
