// SPDX-License-Identifier: Apache-2.0
#include <tessera/text_ids.h>

#include "core/error.h"
#include "text/text_tokenizer.h"

namespace tessera {

Result<std::vector<std::vector<int>>> textIds(const std::string& tokenizer, const std::string& rules, const std::vector<std::string>& texts) {
    try {
        const auto opened = text::openTokenizer(tokenizer, rules);
        std::vector<std::vector<int>> ids;
        for (const std::string& one : texts) ids.push_back(opened->ids(one));
        return ids;
    } catch (const Failure& failure) {
        return failure.error();
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::OutOfMemory, "there is not enough memory for this tokenizer", tokenizer, {}};
    } catch (const std::exception& exception) {
        return Error{ErrorCode::Internal, exception.what(), tokenizer, "report this, please"};
    }
}

}  // namespace tessera
