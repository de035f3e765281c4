"""target-csv 0.3.0 as it is, but for a name that Python dropped in 3.10."""

import collections
import collections.abc

collections.MutableMapping = collections.abc.MutableMapping

from target_csv import main  # noqa: E402

main()
