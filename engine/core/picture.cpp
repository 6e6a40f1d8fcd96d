// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstring>

#include <tessera/picture.h>

namespace tessera {
namespace {

// NaN is what it is, everywhere: two pictures that both failed to measure something are equal.
bool same(double a, double b) {
    return a == b || (std::isnan(a) && std::isnan(b));
}

bool same(const Measure& a, const Measure& b) {
    if (a.name != b.name || a.unit != b.unit || a.detail != b.detail || a.value.has_value() != b.value.has_value())
        return false;
    return !a.value || same(*a.value, *b.value);
}

bool same(const StageTiming& a, const StageTiming& b) {
    return a.stage == b.stage && a.cached == b.cached && same(a.seconds, b.seconds);
}

bool same(const std::optional<Legend>& a, const std::optional<Legend>& b) {
    if (a.has_value() != b.has_value()) return false;
    return !a || (same(a->low, b->low) && same(a->high, b->high) && a->map == b->map && a->unit == b->unit &&
                  a->label == b->label);
}

bool same(const Table& a, const Table& b) {
    return a.columns == b.columns && std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), [](double x, double y) { return same(x, y); });
}

bool same(const Readings& a, const Readings& b) {
    return a.names == b.names && a.width == b.width && a.height == b.height && a.shown == b.shown &&
           std::equal(a.values.begin(), a.values.end(), b.values.begin(), b.values.end(), [](float x, float y) { return same(x, y); });
}

bool same(const Picture::Region& a, const Picture::Region& b) {
    return same(a.x, b.x) && same(a.y, b.y) && same(a.width, b.width) && same(a.height, b.height);
}

template <typename T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const T& x, const T& y) { return same(x, y); });
}

bool same(const Image& a, const Image& b) {
    if (a.width() != b.width() || a.height() != b.height() || a.channels() != b.channels()) return false;
    if (a.samples().index() != b.samples().index() || a.byteSize() != b.byteSize()) return false;
    const auto address = [](const Image& image) {
        return std::visit([](const auto& held) { return static_cast<const void*>(held.data()); }, image.samples());
    };
    return a.byteSize() == 0 || address(a) == address(b) || std::memcmp(address(a), address(b), a.byteSize()) == 0;
}

}  // namespace

const Measure* Picture::measure(std::string_view name) const {
    const auto found = std::find_if(measures.begin(), measures.end(), [&](const Measure& m) { return m.name == name; });
    return found == measures.end() ? nullptr : &*found;
}

std::size_t Picture::byteSize() const {
    std::size_t bytes = sizeof(Picture) + image.byteSize() + summary.size() + precision.size();
    if (legend) bytes += legend->label.size();
    for (const Measure& m : measures) bytes += sizeof m + m.name.size() + m.detail.size();
    for (const Table::Column& c : table.columns) bytes += sizeof c + c.name.size() + c.detail.size();
    bytes += table.values.size() * sizeof(double);
    for (const std::string& name : readings.names) bytes += sizeof name + name.size();
    bytes += readings.values.size() * sizeof(float);
    for (const Note& n : notes) bytes += sizeof n + n.text.size();
    for (const StageTiming& t : timings) bytes += sizeof t + t.stage.size();
    return bytes;
}

bool equal(const Picture& a, const Picture& b) {
    return a.mapping == b.mapping && same(a.legend, b.legend) && a.partial == b.partial &&
           a.sourceWidth == b.sourceWidth && a.sourceHeight == b.sourceHeight && same(a.region, b.region) &&
           a.summary == b.summary && a.precision == b.precision && same(a.measures, b.measures) && same(a.readings, b.readings) && same(a.table, b.table) && a.notes == b.notes &&
           same(a.timings, b.timings) && same(a.image, b.image);
}

}  // namespace tessera
