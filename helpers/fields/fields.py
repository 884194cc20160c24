"""The old name of `helpers.fields.field`, until nobody imports it any more."""

from helpers.fields.field import PADDING as PADDING
from helpers.fields.field import Field as Field
from helpers.fields.field import check_tiling as check_tiling
from helpers.fields.field import place as place
from helpers.fields.field import shifted as shifted
