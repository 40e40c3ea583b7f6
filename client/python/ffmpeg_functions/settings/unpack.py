"""`Unpack` for `**fields: Unpack[...]` on every supported Python."""

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Unpack as Unpack
elif sys.version_info >= (3, 11):
    from typing import Unpack as Unpack
else:

    class Unpack:
        """Lets `typing.get_type_hints` work on a Python without `Unpack`."""

        def __class_getitem__(cls, _: Any) -> Any:
            return Any
