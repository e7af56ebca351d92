# ablations, profile standard
# Validation loss of the compressed copy after each epoch, by variant; mean and 95 % t-interval over seeds.
# Rendered by Parsimony; ‘gnuplot ablations-epochs.gp’ in this folder renders it again.

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
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
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
set output 'ablations-epochs.'.format
set multiplot
set lmargin at screen 0.16545
set rmargin at screen 0.68598
set bmargin at screen 0.18750
set tmargin at screen 0.95536
unset logscale x
set xrange [-422:8862]
set xtics ('0' 0, '2000' 2000, '4000' 4000, '6000' 6000, '8000' 8000)
set xlabel 'updates' offset 0,0.35
set logscale y
set yrange [0.010388378230566661:5.520150653615337]
set ytics ('0.02' 0.02, '0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2, '5' 5, '' 0.03 1, '' 0.04 1, '' 0.06 1, '' 0.07 1, '' 0.08 1, '' 0.09 1, '' 0.3 1, '' 0.4 1, '' 0.6 1, '' 0.7 1, '' 0.8 1, '' 0.9 1, '' 3 1, '' 4 1)
set label 1001 'validation loss (nats)' at screen 0.03488,0.57143 center rotate by 90
set label 1002 'default' at screen 0.69993,0.31974 left tc rgb '#0072B2'
set label 1003 'released quantizer' at screen 0.69993,0.38273 left tc rgb '#B04A00'
plot 'ablations-epochs.dat' index 0 using 1:(inside($3,0.010388378230566661,5.520150653615337)):(inside($4,0.010388378230566661,5.520150653615337)) with filledcurves fill transparent solid 0.2 noborder ls 101 notitle, \
     'ablations-epochs.dat' index 1 using 1:(inside($3,0.010388378230566661,5.520150653615337)):(inside($4,0.010388378230566661,5.520150653615337)) with filledcurves fill transparent solid 0.2 noborder ls 102 notitle, \
     'ablations-epochs.dat' index 0 using 1:2 with lines ls 1 notitle, \
     'ablations-epochs.dat' index 1 using 1:2 with lines ls 2 notitle, \
     'ablations-epochs.dat' index 0 every 4 using 1:2 with points ls 201 notitle, \
     'ablations-epochs.dat' index 1 every 4 using 1:2 with points ls 202 notitle
unset label 1001
unset label 1002
unset label 1003
unset multiplot
unset output
}
