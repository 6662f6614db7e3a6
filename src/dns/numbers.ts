/** The numbers of RR types, classes and RCODEs that rpzmill speaks (IANA DNS parameters). */
export const typeA = 1;
export const typeNs = 2;
export const typeCname = 5;
export const typeSoa = 6;
export const typeTxt = 16;
export const typeAaaa = 28;
export const typeIxfr = 251;
export const typeAxfr = 252;
export const classIn = 1;
