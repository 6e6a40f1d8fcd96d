// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string_view>

namespace tessera::ui {

/// A file of resources/python, by its path there without ".py.in".
struct PythonTemplate {
    std::string_view name, text;
};

std::span<const PythonTemplate> pythonTemplates();

}  // namespace tessera::ui
