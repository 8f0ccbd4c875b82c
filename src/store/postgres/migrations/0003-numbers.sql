-- Numbers that put what replicas accept in one order, given in blocks (take-numbers.ts). Begins behind any number that one process made
-- of its clock.
CREATE SEQUENCE switchboard.number_blocks AS bigint START WITH 2000000000000 NO CYCLE CACHE 1;
