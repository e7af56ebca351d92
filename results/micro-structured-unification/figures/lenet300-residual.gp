# lenet300-blocks, profile standard
# The largest relative distance between weights and blocks after each round of the alternating method; mean and 95 % t-interval over seeds.
# Rendered by Parsimony; ‘gnuplot lenet300-residual.gp’ in this folder renders it again.

set encoding utf8
set minussign
set datafile separator whitespace
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 1016,661 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 325,212 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 8.60cm,5.60cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output 'lenet300-residual.'.format
set multiplot
set lmargin at screen 0.16545
set rmargin at screen 0.92406
set bmargin at screen 0.18750
set tmargin at screen 0.95536
unset logscale x
set xrange [675.2:4388.8]
set xtics ('1000' 1000, '2000' 2000, '3000' 3000, '4000' 4000)
set xlabel 'updates' offset 0,0.35
set logscale y
set yrange [0.011536133562635604:0.5837741915991097]
set ytics ('0.02' 0.02, '0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '' 0.03 1, '' 0.04 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.3 1, '' 0.4 1)
set label 1001 '‖W − Z‖/‖W‖' at screen 0.03488,0.57143 center rotate by 90
set label 1002 'P1' at screen 0.93802,0.22756 left tc rgb '#0072B2'
plot 'lenet300-residual.dat' index 0 using 1:(inside(bar($3,$4,0.011536133562635604,0.5837741915991097),0.011536133562635604,0.5837741915991097)):(0):(inside($4,0.011536133562635604,0.5837741915991097)-inside($3,0.011536133562635604,0.5837741915991097)) with vectors nohead ls 101 notitle, \
     'lenet300-residual.dat' index 0 using 1:2 with lines ls 1 notitle, \
     'lenet300-residual.dat' index 0 using 1:2 with points ls 201 notitle
unset label 1001
unset label 1002
unset multiplot
unset output
}
