/** How many rows stand for all of them where nobody asks for more. */

/** The first ones, where troubles of a format show at once. */
export const FIRST_LOOKED = 500;
/** With those taken by chance from the rest: a share of one per cent is then seen with less than half a per cent of doubt. */
export const MOST_LOOKED = 2000;
